"""The networks: how they are built, trained, saved and loaded. Tensors and arrays in and out."""

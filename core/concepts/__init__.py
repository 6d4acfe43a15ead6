"""The concept lab: wordings of a new item side by side, what each word brings, and words and wordings to try."""

"""How good a forecast is: cuts, peers, measures, and what a backtest found."""

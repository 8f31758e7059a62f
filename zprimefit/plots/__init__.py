"""Arrays in, figure and CSV twin out; knows no physics."""

"""What was measured: claims and their verdicts, cost, leaderboards, and the records of all three."""

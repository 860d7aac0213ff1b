"""The tasks on which methods compete, one a file; ``zoo/task.py`` says what a task is."""

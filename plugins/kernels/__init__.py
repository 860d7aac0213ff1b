"""Methods that compare through kernels."""

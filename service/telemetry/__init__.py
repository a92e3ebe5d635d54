"""What an operator sees of a running process: figures to alarm on, and traces when somebody collects them."""

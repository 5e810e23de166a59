"""The loop: gather facts, decide on a plan, perform its steps, until done, waiting or refused."""

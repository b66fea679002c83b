"""What every process of the stack needs: ports, an environment, an end when its parent ends."""

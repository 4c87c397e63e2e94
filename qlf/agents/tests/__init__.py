"""The agent that writes the tests of the generated application."""

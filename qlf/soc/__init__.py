"""Reading the Strict Output Contract: from SOC text to files. Grammar: `docs/soc.abnf`."""

"""An author's own code in a generated application: patches, own files, and what becomes of them."""

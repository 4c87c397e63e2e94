"""From a brief to the spec, pass by pass, and from the spec to slices of it."""

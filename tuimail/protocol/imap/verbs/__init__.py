"""The rest of the language: what the mail reader never says and a library must. `commands` has the other half."""

"""Studies behind defaults and rules: experiments on tables, which continue where they stopped."""

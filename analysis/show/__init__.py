"""Results drawn, set in tables and said in words; nothing here computes one."""

"""What people may say to Shipway in text: one table, one reader, one typed value for each command."""

"""Migration: old result files into the database, every file accounted for."""

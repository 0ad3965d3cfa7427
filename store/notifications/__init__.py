"""Mails to shoppers: written once, sent by a job, kept on record."""

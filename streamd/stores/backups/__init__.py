"""Backups of the database, taken while it is served, and put back where there is none."""

from streamd.stores.backups.database_backup import BackupManifest, restore_backup, write_backup

__all__ = ["BackupManifest", "restore_backup", "write_backup"]

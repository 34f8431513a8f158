"""The embedded engine: YaWL workflows carried out durably on one machine."""

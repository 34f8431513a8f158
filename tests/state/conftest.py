"""The servers, for every test of this room."""

from state_servers import moto_port, postgres, s3_environ, weed_port

__all__ = ["moto_port", "postgres", "s3_environ", "weed_port"]

"""Debut: entry point, the frame around every page. Run: make run"""

from core import shell

shell.start()
shell.run()

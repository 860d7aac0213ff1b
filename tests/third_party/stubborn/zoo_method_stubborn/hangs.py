"""Never comes back."""

import time

time.sleep(3600)

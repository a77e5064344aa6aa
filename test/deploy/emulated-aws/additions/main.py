"""Starts MiniStack with the parts of AWS that cwii's templates need and MiniStack lacks.

test/deploy/README.md lists what the modules beside this file change, and what is still different from AWS.
"""

import signal
import threading

import callers
import events
import federation
import function_properties
import functions
import objects
import resource_types
import tokens
from ministack import app
from ministack.core import lambda_runtime
from ministack.services import eventbridge

# Each of them changes MiniStack when it is imported.
ADDITIONS = (callers, events, federation, function_properties, functions, objects, resource_types, tokens)


def run_schedules(*_):
    """SIGUSR1: every schedule is due now."""
    def run():
        for (account, region, name), _ in list(eventbridge._rules.all_items()):
            eventbridge._rule_last_fired[(account, region, name)] = 0
        eventbridge._tick_scheduled_rules()
    threading.Thread(target=run, daemon=True).start()


signal.signal(signal.SIGUSR1, run_schedules)


def end_instances(*_):
    """SIGUSR2: every function's next invocation is a cold start."""
    def run():
        lambda_runtime.reset()
        print("all instances ended", flush=True)
    threading.Thread(target=run, daemon=True).start()


signal.signal(signal.SIGUSR2, end_instances)

# It would also listen on port 443 if that is free.
app._port_is_bindable = lambda *_: False

if __name__ == "__main__":
    app.main()

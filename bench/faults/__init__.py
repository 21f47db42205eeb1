"""The fault drill: mass charges while everything around them breaks, judged by the processor's own log.

`drill` draws the schedules and tells the end, `round` lives through some of them side by side, `blows` is what goes
wrong, `house` the processes it happens to, `work` the centres and their runs, `verdict` the judge. `controls` takes
each guard away (`guards`) and must find the double charge; `sooner` is what the workers of a drill load.
"""

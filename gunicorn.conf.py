"""What gunicorn reads by itself when it is started here: an access log, where one is kept, names pages and no secrets.

A link that signs in carries its token after the question mark: the path is written, the question is not.
"""

access_log_format = '%(h)s %(t)s "%(m)s %(U)s" %(s)s %(B)s %(M)sms'

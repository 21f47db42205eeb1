"""Where the processor brings its news."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from billing import tasks
from billing.services import inbox
from billing.views.waking import wake
from wallet.processor import BadSignature
from wallet.processor.registry import get_processor


@method_decorator([csrf_exempt, login_not_required], name="dispatch")
class StripeWebhook(View):
    """Open to anyone because the processor cannot sign in: what is not signed with our secret is refused.

    The news is kept as it came and answered at once; what it means is worked out afterwards.
    """

    is_public = True
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        now = timezone.now()
        signature = request.headers.get("Stripe-Signature", "")
        try:
            event = get_processor().read_event(body=request.body, signature=signature, now=now)
        except BadSignature:
            return HttpResponse("The signature is missing, wrong or too old.", status=400, content_type="text/plain")
        inbox.receive(event=event, now=now)
        # A long run brings tens of thousands: as many calls would keep everybody else's work waiting.
        if inbox.is_first(event):
            wake(tasks.handle_events)
        return HttpResponse(status=200)

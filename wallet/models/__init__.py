from wallet.models.account import FormerClone, Pace, ProcessorAccount
from wallet.models.authorization import Authorization
from wallet.models.method import PaymentMethod, ProcessorCustomer
from wallet.models.setup import SetupConsent, SetupSession

__all__ = [
    "Authorization",
    "FormerClone",
    "Pace",
    "PaymentMethod",
    "ProcessorAccount",
    "ProcessorCustomer",
    "SetupConsent",
    "SetupSession",
]

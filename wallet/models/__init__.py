from wallet.models.authorization import Authorization
from wallet.models.method import PaymentMethod, ProcessorCustomer
from wallet.models.setup import SetupSession

__all__ = ["Authorization", "PaymentMethod", "ProcessorCustomer", "SetupSession"]

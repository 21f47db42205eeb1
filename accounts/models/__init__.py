from accounts.models.client import Account, Client, Person, Summary, age_on
from accounts.models.organization import Organization, StaffMembership
from accounts.models.selection import Selection
from accounts.models.trail import Trail
from accounts.models.user import User

__all__ = [
    "Account",
    "Client",
    "Organization",
    "Person",
    "Selection",
    "StaffMembership",
    "Summary",
    "Trail",
    "User",
    "age_on",
]

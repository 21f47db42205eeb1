from accounts.models.client import Account, Client, Person, age_on
from accounts.models.organization import Organization, StaffMembership
from accounts.models.selection import Selection
from accounts.models.trail import Trail
from accounts.models.user import User

__all__ = ["Account", "Client", "Organization", "Person", "Selection", "StaffMembership", "Trail", "User", "age_on"]

"""People and their work: users, members, invitations, projects, datasets, images, imports and the audit log."""

from projects.models.audit import AuditEntry
from projects.models.bin import BinEntry, BinImage, BinPart, JoinedImage
from projects.models.groups import GroupMember, GroupRole, UserGroup
from projects.models.idempotency import KeptAnswer
from projects.models.images import Dataset, Image, Import, _image_path
from projects.models.jobs import Job
from projects.models.notifications import Notification, NotificationKind
from projects.models.projects import (
    Invitation,
    InvitationQuerySet,
    Membership,
    Project,
    ProjectFigures,
    Role,
    SavedView,
    hash_token,
)
from projects.models.sign_ins import SignIn
from projects.models.storage import StorageCheck
from projects.models.tokens import Scope, TokenGrant
from projects.models.users import User, UserManager
from projects.models.webhooks import Delivery, Event, Webhook

__all__ = [
    "AuditEntry",
    "BinEntry",
    "BinImage",
    "BinPart",
    "Dataset",
    "Delivery",
    "Event",
    "GroupMember",
    "GroupRole",
    "Image",
    "Import",
    "Invitation",
    "InvitationQuerySet",
    "Job",
    "JoinedImage",
    "KeptAnswer",
    "Membership",
    "Notification",
    "NotificationKind",
    "Project",
    "ProjectFigures",
    "Role",
    "SavedView",
    "Scope",
    "SignIn",
    "StorageCheck",
    "TokenGrant",
    "User",
    "UserGroup",
    "UserManager",
    "Webhook",
    "_image_path",  # migrations name it
    "hash_token",
]

"""Whenever a decision grants a credential, it is issued, once."""

from __future__ import annotations

from services.credentials.domain.credential import (
    Credential,
    Register,
    last_valid_day,
)
from services.credentials.domain.hearsay import Issuer
from services.credentials.domain.identifier import identifier
from shared.events.catalog import AgencyRegistered
from shared.events.fact import Message
from shared.events.intake import CredentialOrdered
from shared.runtime.batch import Batch

FIRST_VERSION = 1


def whenever(message: Message, batch: Batch) -> None:
    match message.fact():
        case AgencyRegistered() as agency:
            if not batch.find(Issuer, Issuer.create_id(agency.code)):
                batch.add(Issuer(code=agency.code, credit_code=agency.credit_code))
        case CredentialOrdered() as order:
            _issue(order, message, batch)


def _issue(order: CredentialOrdered, message: Message, batch: Batch) -> None:
    kind = order.credential_type
    if batch.find(Credential, Credential.create_id(order.application_id, kind)):
        return
    issuer = batch.get(Issuer, Issuer.create_id(order.agency))
    serial = _register(kind, order, batch).enter()
    batch.add(
        Credential(
            application_id=order.application_id,
            credential_type=kind,
            identifier=identifier(kind, issuer.credit_code, serial, FIRST_VERSION),
            number=serial,
            name=order.name.model_dump(),
            holder=order.holder.model_dump(),
            agency=order.agency,
            region=order.region,
            valid_from=order.valid_from,
            valid_to=last_valid_day(order.valid_from, order.valid_years),
            face=order.face,
            issued_at=message.time,
        )
    )


def _register(kind: str, order: CredentialOrdered, batch: Batch) -> Register:
    named = (kind, order.agency, order.valid_from.year)
    if register := batch.find(Register, Register.create_id(*named)):
        return register
    register = Register(credential_type=kind, agency=named[1], year=named[2])
    batch.add(register)
    return register

"""The buttons of the test bank."""

from wtforms import SelectField
from wtforms.validators import AnyOf

from store.payments.testbank.customer import ACTIONS, MAX_DELAY
from store.payments.testbank.knobs import FAULTS, MAX_REMAINING
from store.web.forms import Form, IntegerField, Required, StringField


class DecisionForm(Form):
    """Which button, and how long the money takes where that is asked."""

    outcome = StringField(validators=[Required(), AnyOf(list(ACTIONS))])
    delay = IntegerField(maximum=int(MAX_DELAY.total_seconds()))


class KnobForm(Form):
    """A fault, named `call.fault`, and how many times."""

    fault = SelectField(choices=[f"{call}.{fault}" for call, faults in FAULTS.items() for fault in faults])
    remaining = IntegerField(maximum=MAX_REMAINING, default=1)

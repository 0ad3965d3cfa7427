"""The product list, the product's page and its pictures. What is saved goes through `store.catalog.services`."""

from dataclasses import asdict, replace
from typing import Any

from flask import request, url_for
from flask_admin import expose
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response
from wtforms import MultipleFileField

from store.admin import product_forms
from store.admin.base import Screen, done
from store.admin.conflicts import SEEN, Settled, prints, saved_sentence, settle, words_of
from store.admin.current import record, require, the_staff
from store.admin.product_forms import ProductForm, VariantInput
from store.admin.queries import products
from store.admin.uploads import MOST_AT_ONCE, let_files_out, receive_file
from store.catalog import galleries, wording
from store.catalog import services as catalog
from store.catalog.drafts import PictureDraft, PriceDraft, ProductDraft, StoredProduct, VariantDraft, find_stored
from store.catalog.errors import ProductChanged, SkuTaken
from store.catalog.handles import is_handle
from store.core.db import transaction
from store.core.errors import Conflict, Invalid, Unavailable
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext, ngettext
from store.core.money import Money
from store.inventory import services as inventory
from store.media.reasons import REASONS
from store.media.renditions import MAX_BYTES
from store.media.uploads import list_uploads, plain_name
from store.staff.roles import Permission
from store.web import markets
from store.web.forms import Form, IntegerField, StringField
from store.web.pagination import page_number, paginate

TABS = (
    ("", lazy_gettext("All")),
    ("active", lazy_gettext("Active")),
    ("draft", lazy_gettext("Drafts")),
    ("archived", lazy_gettext("Archived")),
)
_LONGEST_SEARCH = 120
_LONGEST_WORDS = 500


class NewProductForm(ProductForm):
    """A product and what its first variants have in common."""

    price = StringField(lazy_gettext("Price"), longest=20)
    weight = IntegerField(lazy_gettext("Weight in grams"), maximum=10_000_000)
    on_hand = IntegerField(lazy_gettext("Opening stock of each variant"), maximum=1_000_000)


class PictureForm(Form):
    """Pictures to take in, or one that is described."""

    file = MultipleFileField(lazy_gettext("Pictures"))
    alt = StringField(lazy_gettext("What it shows, for those who can't see it"), longest=500)


class ProductsScreen(Screen):
    """What the shop sells."""

    permission = Permission.VIEW_PRODUCTS
    icon = "tag"

    @expose("/")
    def index(self) -> Response:
        """Show the list; status, search and page are in the URL."""
        status = request.args.get("status", "")
        status = status if status in dict(TABS) else ""
        search = request.args.get("q", "").strip()[:_LONGEST_SEARCH]
        total = products.count_products(status=status, search=search)
        pages = paginate(page_number(request.args), products.PAGE_SIZE, total)
        return self.page(
            "admin/products/list.html",
            tabs=TABS,
            tab=status,
            search=search,
            pages=pages,
            rows=products.list_products(currency=_currency(), status=status, search=search, page=pages.page),
            href_for=lambda page: url_for(
                ".index", status=status or None, q=search or None, page=page if page > 1 else None
            ),
        )

    @expose("/new")
    def new(self) -> Response:
        """Show the form of a new product."""
        require(Permission.EDIT_PRODUCTS)
        return self._new_page(NewProductForm(formdata=None, status="draft"), {})

    @expose("/new", methods=("POST",))
    def create(self) -> Response:
        """Make a product with a variant for each combination of its options."""
        require(Permission.EDIT_PRODUCTS)
        form = NewProductForm.from_request()
        if not form.validate():
            return self._new_page(form, {}, status=422)
        handle = form.handle.data or ""
        if handle and (not is_handle(handle) or find_stored([handle])):
            form.handle.errors = [_("This address is taken, or has more than small letters, digits and hyphens.")]
            return self._new_page(form, {}, status=422)
        try:
            draft = self._new_draft(form, handle)
            with transaction():
                saved = catalog.save_product(draft)
                for variant_id in sorted(saved.new_variant_ids):
                    inventory.create_item_for_variant(
                        variant_id, on_hand=form.on_hand.data or 0, actor=the_staff().actor
                    )
                record("create", "product", saved.product_id, after=_summary(draft))
        except (Invalid, SkuTaken) as error:
            return self._new_page(form, {error.facts.get("field", ""): error.message}, status=error.status)
        message = _("Made. Add pictures, then set it active.") if draft.status == "draft" else _("Made.")
        return done(message, url_for(".show", product_id=saved.product_id))

    @expose("/<int:product_id>")
    def show(self, product_id: int) -> Response:
        """Show one product."""
        stored = _stored(product_id)
        draft = stored.draft
        form = _filled(draft)
        return self._product_page(stored, form, product_forms.rows_of(stored, _currency()))

    @expose("/<int:product_id>", methods=("POST",))
    def update(self, product_id: int) -> Response:
        """Save texts, prices and added option values, unless somebody else has saved in the meantime."""
        require(Permission.EDIT_PRODUCTS)
        stored, blank = _stored(product_id), ProductForm(formdata=None)
        settled = settle(
            _texts(stored),
            request.form,
            request.form.get(SEEN, ""),
            choices=request.form,
            labels=product_forms.labels_of(stored, blank),
            words=words_of(blank),
        )
        form = ProductForm(formdata=MultiDict(settled.values))
        rows = product_forms.rows_of(stored, _currency())
        product_forms.take_rows(rows, settled.values)
        if settled.clashes:
            last = products.last_change(product_id)
            return self._product_page(stored, form, rows, status=409, conflict=last, settled=settled)
        valid = form.validate()
        try:
            draft = product_forms.price_variants(stored.draft, rows, _currency())
            if not valid or draft is None:
                return self._product_page(stored, form, rows, status=422)
            draft = product_forms.describe(form, draft)
            if draft.options:
                draft = product_forms.widen(draft, product_forms.read_options({**request.form, **settled.values}))
            draft = wording.put_words(draft, _words(stored))
            if draft.status == "active" and stored.draft.status != "active":
                wording.require_words(draft)
            changed = self._save(stored, draft)
        except ProductChanged:
            # Somebody was faster by a moment: look again at what each of the two changed.
            again: Response = self.update(product_id)
            return again
        except (Invalid, Conflict) as error:
            errors = {error.facts.get("field", ""): error.message}
            return self._product_page(stored, form, rows, status=error.status, errors=errors)
        message = saved_sentence(settled) if changed or settled.taken else _("Nothing had changed.")
        return done(message, url_for(".show", product_id=product_id))

    @expose("/<int:product_id>/pictures", methods=("POST",))
    def create_picture(self, product_id: int) -> Response:
        """Take in pictures for the end of the gallery; they hang there once they have been looked at."""
        require(Permission.EDIT_PRODUCTS)
        stored = _stored(product_id)
        form = PictureForm(formdata=request.form)
        files = [file for file in request.files.getlist("file") if file.filename]
        if not files or not form.validate():
            return self._show_again(stored, _("Choose a picture first."))
        alt = (form.alt.data or "") if len(files) == 1 else ""
        problems, status, taken = [], 422, 0
        for file in files:
            try:
                receive_file(file, purpose=galleries.PURPOSE, subject_id=product_id, alt=alt)
                taken += 1
            except (Invalid, Unavailable) as error:
                problems.append(f"{plain_name(file.filename or '')}: {error.message}")
                status = error.status
        if problems:
            return self._show_again(stored, " ".join(problems), status=status)
        message = ngettext("%(num)s picture has arrived.", "%(num)s pictures have arrived.", taken)
        return done(message, url_for(".show", product_id=product_id, _anchor="pictures"))

    @expose("/<int:product_id>/pictures/<int:image_id>", methods=("POST",))
    def update_picture(self, product_id: int, image_id: int) -> Response:
        """Change a picture's words or its place: `move` is `first`, `earlier`, `later` or nothing."""
        require(Permission.EDIT_PRODUCTS)
        stored = _stored(product_id)
        pictures = list(stored.draft.pictures)
        place = next((number for number, one in enumerate(pictures) if one.image_id == image_id), None)
        form = PictureForm(formdata=request.form)
        if place is None or not form.validate():
            return self._show_again(stored, _("This picture is not here any more."))
        picture = replace(pictures.pop(place), alt=form.alt.data or "")
        moves = {"first": 0, "earlier": max(place - 1, 0), "later": place + 1}
        pictures.insert(moves.get(request.form.get("move", ""), place), picture)
        with transaction():
            self._save_pictures(stored, tuple(pictures))
        return done(_("Saved."), url_for(".show", product_id=product_id, _anchor="pictures"))

    @expose("/<int:product_id>/pictures/<int:image_id>/deletion")
    def show_picture_deletion(self, product_id: int, image_id: int) -> Response:
        """Ask before a picture is taken out."""
        require(Permission.EDIT_PRODUCTS)
        stored = _stored(product_id)
        picture = next((one for one in products.pictures_of(product_id) if one[0] == image_id), None)
        if picture is None:
            return self._show_again(stored, _("This picture is not here any more."), status=404)
        return self.page(
            "admin/products/picture_deletion.html", product_id=product_id, draft=stored.draft, shown=picture
        )

    @expose("/<int:product_id>/pictures/<int:image_id>/deletion", methods=("POST",))
    def delete_picture(self, product_id: int, image_id: int) -> Response:
        """Take a picture out of the gallery; the file stays for whatever else shows it."""
        require(Permission.EDIT_PRODUCTS)
        stored = _stored(product_id)
        with transaction():
            self._save_pictures(stored, tuple(one for one in stored.draft.pictures if one.image_id != image_id))
        return done(_("Picture taken out."), url_for(".show", product_id=product_id, _anchor="pictures"))

    def _new_draft(self, form: NewProductForm, handle: str) -> ProductDraft:
        currency = _currency()
        try:
            price = product_forms.read_price(form.price.data or "", currency)
        except Invalid as error:
            raise Invalid(error.message, field="price") from error
        options = product_forms.read_options(request.form)
        pattern = VariantDraft(
            weight_grams=form.weight.data or 0, prices={} if price is None else {currency: PriceDraft(price)}
        )
        empty = ProductDraft(title="", handle=handle, options=options, variants=product_forms.combine(options, pattern))
        return product_forms.describe(form, empty)

    def _save(self, stored: StoredProduct, draft: ProductDraft) -> bool:
        with transaction():
            saved = catalog.save_product(draft, expected_version=stored.version)
            for variant_id in sorted(saved.new_variant_ids):
                inventory.create_item_for_variant(variant_id, actor=the_staff().actor)
            if saved.changed and draft.pictures != stored.draft.pictures:
                wording.keep_words({one.image_id: one.alt for one in draft.pictures})
                _record_pictures(stored, draft.pictures)
            before, after = _summary(stored.draft), _summary(draft)
            changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
            if saved.changed and changed:
                record(
                    "edit",
                    "product",
                    stored.id,
                    before={key: before.get(key) for key in changed},
                    after={key: after.get(key) for key in changed},
                )
        return saved.changed

    def _save_pictures(self, stored: StoredProduct, pictures: tuple[PictureDraft, ...]) -> None:
        """Save the gallery on top of the latest version: nothing else of the product was on this form."""
        catalog.save_product(replace(stored.draft, pictures=pictures), expected_version=stored.version)
        wording.keep_words({one.image_id: one.alt for one in pictures})
        _record_pictures(stored, pictures)

    def _show_again(self, stored: StoredProduct, problem: str, *, status: int = 422) -> Response:
        form = _filled(stored.draft)
        rows = product_forms.rows_of(stored, _currency())
        return self._product_page(stored, form, rows, status=status, errors={"": problem})

    def _new_page(self, form: NewProductForm, errors: dict[str, str], *, status: int = 200) -> Response:
        if "price" in errors:
            form.price.errors = [errors.pop("price")]
        return self.page("admin/products/new.html", status, form=form, errors=errors, sent=request.form)

    def _product_page(
        self,
        stored: StoredProduct,
        form: ProductForm,
        rows: list[VariantInput],
        *,
        status: int = 200,
        errors: dict[str, str] | None = None,
        conflict: Any = None,
        settled: Settled | None = None,
    ) -> Response:
        pictures = products.pictures_of(stored.id)
        page = self.page(
            "admin/products/product.html",
            status,
            product_id=stored.id,
            version=stored.version,
            draft=stored.draft,
            made_to_order=stored.made_to_order,
            form=form,
            rows=rows,
            seen=prints(_texts(stored)),
            clashes=settled.clashes if settled else (),
            stock=products.stock_of(stored.id),
            pictures=pictures,
            uploads=list_uploads(galleries.PURPOSE, stored.id, leave_out=[picture[0] for picture in pictures]),
            wordless=wording.find_wordless(stored.draft.pictures),
            said=_words(stored),
            upload_reasons=REASONS,
            upload_limits=(MAX_BYTES // 1024 // 1024, MOST_AT_ONCE // 1024 // 1024),
            picture_form=PictureForm(formdata=None),
            errors=errors or {},
            sent=settled.values if settled else request.form,
            is_conflict=status == 409 and not errors,
            conflict=conflict,
            currency=_currency(),
        )
        return let_files_out(page)


def _record_pictures(stored: StoredProduct, pictures: tuple[PictureDraft, ...]) -> None:
    record(
        "edit_pictures",
        "product",
        stored.id,
        before={"pictures": [asdict(one) for one in stored.draft.pictures]},
        after={"pictures": [asdict(one) for one in pictures]},
    )


def _words(stored: StoredProduct) -> dict[int, str]:
    """Return what was said of pictures that had no words, cut to what a picture may say."""
    sent = {one.image_id: request.form.get(f"words-{one.image_id}", "") for one in stored.draft.pictures}
    return {image_id: " ".join(words.split())[:_LONGEST_WORDS] for image_id, words in sent.items() if words.strip()}


def _stored(product_id: int) -> StoredProduct:
    handle = products.get_handle(product_id)
    return find_stored([handle])[handle]


def _texts(stored: StoredProduct) -> dict[str, str]:
    """Return all that the product's form can change, by the names of its fields."""
    form = _filled(stored.draft)
    names = (*_columns(stored.draft), "tags")
    texts = {name: str(form[name].data or "") for name in names if name != "handle"}
    return texts | product_forms.cells_of(stored, _currency())


def _filled(draft: ProductDraft) -> ProductForm:
    values: dict[str, Any] = {**_columns(draft), "tags": ", ".join(draft.tags)}
    return ProductForm(formdata=None, **values)


def _columns(draft: ProductDraft) -> dict[str, Any]:
    names = ("title", "handle", "description_html", "vendor", "product_type", "tax_class", "status")
    return {name: getattr(draft, name) for name in (*names, "seo_title", "seo_description")}


def _summary(draft: ProductDraft) -> dict[str, Any]:
    """Return what the journal keeps of a product: one entry for each thing that can change by itself."""
    summary: dict[str, Any] = {
        **_columns(draft),
        "tags": ", ".join(draft.tags),
        **{f"option {option.name}": ", ".join(option.values) for option in draft.options},
    }
    for variant in draft.variants:
        name = " · ".join(variant.values) or "variant"
        summary[f"{name}: SKU"] = variant.sku or ""
        summary[f"{name}: grams"] = variant.weight_grams
        for currency, price in variant.prices.items():
            summary[f"{name}: price"] = str(Money(price.amount_minor, currency))
            if price.compare_at_minor is not None:
                summary[f"{name}: before"] = str(Money(price.compare_at_minor, currency))
    return summary


def _currency() -> str:
    return markets.current_shop().currency

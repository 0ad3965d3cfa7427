"""Search: the index says what the catalogue says, or knows that it has to look again."""

from store.audit.registry import check, warning


@check
def index_follows_products() -> str:
    """Whatever is on sale has a document with its words, what is not has none, and every change waits for its turn."""
    return """
        WITH on_sale AS (
            SELECT id, handle, search_fold(title) AS title,
                   ARRAY(SELECT word FROM unnest(string_to_array(search_fold(
                           concat_ws(' ', product_type, vendor, array_to_string(tags, ' '))), ' ')) word
                          WHERE word !~ '[0-9]' AND length(word) BETWEEN 2 AND 40) AS words
              FROM products WHERE status = 'active' AND published_at <= now()
        )
        SELECT 'product:' || coalesce(p.id, d.product_id) AS subject, p.handle,
               CASE WHEN d.product_id IS NULL THEN 'not in the index'
                    WHEN p.id IS NULL THEN 'in the index, not on sale'
                    ELSE 'other words in the index' END AS state
          FROM on_sale p FULL JOIN search_documents d ON d.product_id = p.id
         WHERE (d.product_id IS NULL OR p.id IS NULL OR d.title <> p.title OR NOT d.words @> p.words)
           AND NOT EXISTS (SELECT FROM search_changes c WHERE c.product_id = coalesce(p.id, d.product_id))
           -- One whose hour has just come is found by the next run of the job.
           AND NOT (d.product_id IS NULL
                    AND EXISTS (SELECT FROM products n
                                 WHERE n.id = p.id AND n.published_at > now() - interval '10 minutes'))
    """


@warning
def vocabulary_counts_documents() -> str:
    """A word of the vocabulary knows in how many documents it stands: suggestions and corrections go by it."""
    return """
        WITH counted AS (SELECT word, count(*) AS times FROM search_documents d, unnest(d.words) word GROUP BY word)
        SELECT 'word:' || coalesce(w.word, c.word) AS subject, w.products AS counted, coalesce(c.times, 0) AS documents
          FROM search_words w FULL JOIN counted c ON c.word = w.word
         WHERE coalesce(w.products, -1) <> coalesce(c.times, 0)
    """

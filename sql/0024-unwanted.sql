-- 0024: orders that nobody would decide again, for whoever looks at files that are not out yet.

CREATE VIEW order_unwanted AS
  SELECT o.id, o.order_file_id, o.end_to_end_id
    FROM payment_order o JOIN account a ON a.id = o.account_id JOIN convention c ON c.id = o.convention_id
   WHERE c.state = 'terminated' OR a.superseded_on IS NOT NULL;
COMMENT ON VIEW order_unwanted IS 'their convention is terminated, or their account replaced';

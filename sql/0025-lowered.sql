-- 0025: an order that takes more than its grant, lowered since, is not decided again either.

CREATE OR REPLACE VIEW order_unwanted AS
  SELECT o.id, o.order_file_id, o.end_to_end_id
    FROM payment_order o JOIN account a ON a.id = o.account_id JOIN convention c ON c.id = o.convention_id
   WHERE c.state = 'terminated' OR a.superseded_on IS NOT NULL OR c.recovery_cents > 0;
COMMENT ON VIEW order_unwanted IS 'their convention is terminated, their account replaced, or more is taken than a lowered grant';

"""Review examines one step of a case at one agency; a department may run its own.

Hears  intake.step_assigned, intake.step_recalled, gateway.step_*_requested,
       only those addressed to the agencies it serves
Tells  review.examination_opened, review.examination_closed, review.step_passed,
       review.step_decided, refusal.request_refused
Owns   Examination
"""

-- After a long rest the partitions made ahead have run out; the first append must not wait for the
-- background job. An hour's worth, the job goes on from there in its own steps.
select trunkline.make_partitions(interval '1 hour', interval '1 hour');

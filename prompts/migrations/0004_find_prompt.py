from django.db import migrations

# A function keeps its plans for as long as the session lives: to plan the same as one statement takes the
# database four times as long as to run it. It is stable: all of it sees what the statement that calls it sees.
CREATE = """
create function find_prompt(
    of_project text, of_name_key text, of_number int, of_label text, known_generation bigint
) returns table (
    generation bigint, id text, created_at timestamptz, updated_at timestamptz, created_by text, name text,
    version int, type text, content text, config text, tags text[], commit_message text, labels text[]
) language plpgsql stable as $$
#variable_conflict use_column
declare
    current_generation bigint;
    found_id text;
begin
    select g.number into current_generation from prompt_generations as g where g.project_id = of_project;
    current_generation := coalesce(current_generation, 0);
    if current_generation is distinct from known_generation then
        if of_number is not null then
            select v.id into found_id
              from prompts as p
              join prompt_versions as v on v.prompt_id = p.id
             where p.project_id = of_project and p.name_key = of_name_key and v.version = of_number;
        else
            select l.version_id into found_id
              from prompts as p
              join prompt_labels as l on l.prompt_id = p.id
             where p.project_id = of_project and p.name_key = of_name_key and l.label = of_label;
        end if;
    end if;
    if found_id is null then
        generation := current_generation;
        return next;
        return;
    end if;
    return query
    select current_generation, v.id, v.created_at, v.updated_at, v.created_by, p.name, v.version, p.type,
           v.content::text, v.config::text, p.tags::text[], v.commit_message,
           array(select l.label from prompt_labels as l where l.version_id = v.id order by l.label)
      from prompt_versions as v
      join prompts as p on p.id = v.prompt_id
     where v.id = found_id;
end
$$
"""
DROP = "drop function find_prompt(text, text, int, text, bigint)"


class Migration(migrations.Migration):

    dependencies = [
        ('prompts', '0003_files'),
    ]

    operations = [
        migrations.RunSQL(CREATE, DROP),
    ]

using SecretsPortal.Core.Secrets;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>The steps in which a secret is made.</summary>
public enum CreateStep
{
    /// <summary>What is kept in it.</summary>
    Kind,

    /// <summary>The value.</summary>
    Value,

    /// <summary>Name, description, tags, key and replicas.</summary>
    Name,

    /// <summary>When it rotates.</summary>
    Rotation,

    /// <summary>All of it once more, and the code that reads it.</summary>
    Review,
}

/// <summary>Who makes the new values of a rotated secret.</summary>
public enum RotationBy
{
    /// <summary>The built-in rotator of the value's engine.</summary>
    Engine,

    /// <summary>The portal draws a random value, and nobody but the secret's readers is told.</summary>
    Generator,

    /// <summary>A rotation function.</summary>
    Function,
}

/// <summary>A region that the secret may be replicated to.</summary>
/// <param name="region">The region.</param>
public sealed class DraftReplica(string region)
{
    /// <summary>The region.</summary>
    public string Region { get; } = region;

    /// <summary>True where the secret shall be there, too.</summary>
    public bool IsChosen { get; set; }

    /// <summary>The key of that region; empty for its default one.</summary>
    public string KmsKeyId { get; set; } = "";
}

/// <summary>A secret while it is made, step by step.</summary>
public sealed class SecretDraft
{
    /// <summary>The longest description.</summary>
    public const int MaxDescription = 2048;

    private const string Generator = "SecretsPortalGenerate";

    /// <summary>The name.</summary>
    public string Name { get; set; } = "";

    /// <summary>May be empty.</summary>
    public string Description { get; set; } = "";

    /// <summary>The first value.</summary>
    public ValueDraft Value { get; private set; } = new();

    /// <summary>Keys and values; rows that are empty do not count.</summary>
    public IList<DraftRow> Tags { get; private set; } = [];

    /// <summary>The id, alias or ARN of the KMS key; empty for the default one.</summary>
    public string KmsKeyId { get; set; } = "";

    /// <summary>The other regions that the portal serves.</summary>
    public IReadOnlyList<DraftReplica> Replicas { get; init; } = [];

    /// <summary>True to overwrite secrets of the same name in the regions of replicas.</summary>
    public bool OverwritesReplicas { get; set; }

    /// <summary>True to rotate on a schedule.</summary>
    public bool Rotates { get; set; }

    /// <summary>When.</summary>
    public ScheduleDraft Schedule { get; private set; } = new();

    /// <summary>True to rotate once as soon as the secret is stored.</summary>
    public bool RotatesNow { get; set; }

    /// <summary>Who makes new values.</summary>
    public RotationBy RotatesBy { get; set; }

    /// <summary>ARN or name of the rotation function.</summary>
    public string FunctionArn { get; set; } = "";

    /// <summary>The key whose value is generated, of <see cref="SecretKind.KeyValue"/>.</summary>
    public string GeneratedField { get; set; } = "";

    /// <summary>The regions that were chosen.</summary>
    public IEnumerable<DraftReplica> ChosenReplicas => Replicas.Where(static replica => replica.IsChosen);

    /// <summary>What the API calls the rotation's function; null for the built-in rotator.</summary>
    public string? RotationFunction => RotatesBy switch
    {
        RotationBy.Generator => Generator,
        RotationBy.Function => FunctionArn.Trim(),
        _ => null,
    };

    /// <summary>What keeps the secret from being created, by field: <c>name</c>, <c>description</c>, <c>tag0.name</c>, … and those of the value.</summary>
    public IReadOnlyDictionary<string, string> Faults() => Enum.GetValues<CreateStep>().SelectMany(Faults).ToDictionary(StringComparer.Ordinal);

    /// <summary>What keeps a step from being done.</summary>
    public IReadOnlyDictionary<string, string> Faults(CreateStep step)
    {
        var faults = new Dictionary<string, string>(StringComparer.Ordinal);
        switch (step)
        {
            case CreateStep.Value:
                return Value.Faults();
            case CreateStep.Name:
                CheckName(faults);
                break;
            case CreateStep.Rotation when Rotates:
                CheckRotation(faults);
                break;
        }

        return faults;
    }

    /// <summary>The tags that were typed; null where there are none.</summary>
    public IReadOnlyList<SecretTag>? ToTags() => TagRules.Read(Tags) is { Count: > 0 } tags ? tags : null;

    /// <summary>What a browser's tab may keep of it.</summary>
    public KeptSecret Keep()
    {
        var schedule = Schedule.Preview(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch).Fault is null ? Schedule.ToSchedule() : null;
        return new KeptSecret
        {
            Kind = Value.Kind,
            Engine = Value.Engine,
            Fields = [.. Value.Rows.Select(static row => row.Name)],
            Name = Name,
            Description = Description,
            Tags = [.. Tags.Select(static row => KeyValuePair.Create(row.Name, row.Value))],
            KmsKeyId = KmsKeyId,
            Replicas = ChosenReplicas.ToDictionary(static replica => replica.Region, static replica => replica.KmsKeyId, StringComparer.Ordinal),
            OverwritesReplicas = OverwritesReplicas,
            Rotates = Rotates,
            Schedule = schedule?.Expression,
            Duration = Schedule.Duration,
            RotatesNow = RotatesNow,
            RotatesBy = RotatesBy,
            FunctionArn = FunctionArn,
            GeneratedField = GeneratedField,
        };
    }

    /// <summary>Goes on from what a browser's tab has kept. It comes from outside, so nothing of it is believed to be complete or right.</summary>
    public void Restore(KeptSecret kept)
    {
        ArgumentNullException.ThrowIfNull(kept);
        Value.SwitchTo(kept.Kind);
        Value.Engine = kept.Engine;
        Value.BeginRows([.. kept.Fields.OfType<string>()]);
        (Name, Description, KmsKeyId) = (kept.Name, kept.Description, kept.KmsKeyId);
        Tags = [.. kept.Tags.Select(static tag => new DraftRow { Name = tag.Key ?? "", Value = tag.Value ?? "" })];
        foreach (var replica in Replicas)
            (replica.IsChosen, replica.KmsKeyId) = (kept.Replicas.ContainsKey(replica.Region), kept.Replicas.GetValueOrDefault(replica.Region) ?? "");
        OverwritesReplicas = kept.OverwritesReplicas;
        (Rotates, RotatesNow, RotatesBy) = (kept.Rotates, kept.RotatesNow, kept.RotatesBy);
        if (kept.Schedule is { } expression)
            Schedule = ScheduleDraft.Typed(expression, kept.Duration);
        (FunctionArn, GeneratedField) = (kept.FunctionArn, kept.GeneratedField);
    }

    /// <summary>Lets go of the value.</summary>
    public void Forget() => Value = new ValueDraft();

    private void CheckName(Dictionary<string, string> faults)
    {
        if (Name.Length == 0)
            faults["name"] = CreateText.NameNone;
        else if (Name.Length > SecretName.MaxLength)
            faults["name"] = Words.Fill(CreateText.NameLong, SecretName.MaxLength, Name.Length);
        else if (!SecretName.IsValid(Name))
            faults["name"] = CreateText.NameLetters;
        if (Description.Length > MaxDescription)
            faults["description"] = Words.Fill(CreateText.DescriptionLong, MaxDescription, Description.Length);
        TagRules.Check(Tags, faults);
    }

    private void CheckRotation(Dictionary<string, string> faults)
    {
        var now = DateTimeOffset.UnixEpoch;
        if (Schedule.Preview(now, now).Fault is { } fault)
            faults["schedule"] = fault;
        if (RotatesBy == RotationBy.Function && string.IsNullOrWhiteSpace(FunctionArn))
            faults["function"] = CreateText.FunctionNone;
        if (RotatesBy == RotationBy.Generator && Value.Kind == SecretKind.KeyValue && Value.Rows.All(row => row.Name.Length == 0 || row.Name != GeneratedField))
            faults["field"] = CreateText.FieldNone;
    }
}

/// <summary>What a tag may look like; told beside the field before the service refuses it.</summary>
internal static class TagRules
{
    private const int MaxTags = 50;
    private const int MaxKey = 128;
    private const int MaxValue = 256;

    /// <summary>Adds the faults of <paramref name="rows"/> by <c>tagN.name</c>, <c>tagN.value</c> and <c>tags</c>.</summary>
    public static void Check(IList<DraftRow> rows, IDictionary<string, string> faults)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < rows.Count; i++)
        {
            var (key, value) = (rows[i].Name, rows[i].Value);
            if (key.Length == 0 && value.Length > 0)
                faults[$"tag{i}.name"] = CreateText.TagKeyNone;
            else if (key.Length > MaxKey)
                faults[$"tag{i}.name"] = Words.Fill(CreateText.TagKeyLong, MaxKey);
            else if (key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase))
                faults[$"tag{i}.name"] = CreateText.TagKeyReserved;
            else if (key.Length > 0 && !seen.Add(key))
                faults[$"tag{i}.name"] = CreateText.TagKeyTwice;
            if (value.Length > MaxValue)
                faults[$"tag{i}.value"] = Words.Fill(CreateText.TagValueLong, MaxValue);
        }

        if (seen.Count > MaxTags)
            faults["tags"] = Words.Fill(CreateText.TagsMany, MaxTags);
    }

    /// <summary>The tags of the rows that have a key.</summary>
    public static IReadOnlyList<SecretTag> Read(IEnumerable<DraftRow> rows) =>
        [.. rows.Where(static r => r.Name.Length > 0).Select(static r => new SecretTag(r.Name, r.Value))];

    /// <summary>The rows with what somebody else saved meanwhile: tags that were not touched since <paramref name="seen"/> become theirs, all others stay as typed.</summary>
    public static List<DraftRow> Merged(IReadOnlyCollection<DraftRow> rows, IReadOnlyCollection<SecretTag> seen, IReadOnlyCollection<SecretTag> theirs)
    {
        var merged = new List<DraftRow>();
        foreach (var row in rows)
        {
            // A record: the same key with the same value is a tag that was not touched.
            if (!seen.Contains(new SecretTag(row.Name, row.Value)))
                merged.Add(row);
            else if (theirs.FirstOrDefault(tag => tag.Key == row.Name) is { } stored)
                merged.Add(new DraftRow { Name = stored.Key, Value = stored.Value });
        }

        // A tag that was there and is in no row was taken away here.
        merged.AddRange(theirs
            .Where(tag => seen.All(old => old.Key != tag.Key) && rows.All(row => row.Name != tag.Key))
            .Select(static tag => new DraftRow { Name = tag.Key, Value = tag.Value }));
        return merged;
    }
}

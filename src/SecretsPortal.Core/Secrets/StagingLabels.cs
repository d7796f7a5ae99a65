using System.Collections.Immutable;

namespace SecretsPortal.Core.Secrets;

/// <summary>
/// Which version each staging label of a secret is attached to, and the rules by which labels move. Immutable; every
/// move gives a new instance, so that a rule is a function of what was and what is asked.
/// </summary>
public sealed class StagingLabels
{
    /// <summary>The label of the version in use.</summary>
    public const string Current = "AWSCURRENT";

    /// <summary>The label of the version that AWSCURRENT left last.</summary>
    public const string Previous = "AWSPREVIOUS";

    /// <summary>The label of the version that a rotation is making.</summary>
    public const string Pending = "AWSPENDING";

    /// <summary>The most labels a secret may have across all its versions.</summary>
    public const int MaxLabels = 20;

    /// <summary>The longest label, in characters.</summary>
    public const int MaxLength = 256;

    /// <summary>No labels.</summary>
    public static readonly StagingLabels None = new(ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal));

    private readonly ImmutableSortedDictionary<string, string> _versions;

    // Made when it is first asked for: the labels of a secret that is read all the time are asked for all the time.
    private Dictionary<string, IReadOnlyList<string>>? _byVersion;

    private StagingLabels(ImmutableSortedDictionary<string, string> versions) => _versions = versions;

    /// <summary>Each label with the version it is attached to, by ordinal order of the labels.</summary>
    public IReadOnlyDictionary<string, string> ByLabel => _versions;

    /// <summary>From stored pairs of label and version id.</summary>
    public static StagingLabels From(IEnumerable<KeyValuePair<string, string>> pairs) =>
        new(pairs.ToImmutableSortedDictionary(StringComparer.Ordinal));

    /// <summary>The version that carries <paramref name="label"/>, or null.</summary>
    public string? VersionOf(string label) => _versions.GetValueOrDefault(label);

    /// <summary>The labels of one version, by ordinal order.</summary>
    public IReadOnlyList<string> Of(string versionId) => (_byVersion ??= ByVersion()).GetValueOrDefault(versionId, []);

    /// <summary>
    /// After a new version was stored. Without <paramref name="stages"/> it gets AWSCURRENT, with AWSPREVIOUS following to the version
    /// that had it; with them it gets exactly those, each from whichever version had it. The first value of a secret
    /// gets AWSCURRENT in any case.
    /// </summary>
    public StagingLabels Put(string versionId, IReadOnlyCollection<string>? stages)
    {
        var wanted = stages is null ? [Current] : new HashSet<string>(stages, StringComparer.Ordinal);
        if (VersionOf(Current) is null)
            wanted.Add(Current);
        var moved = this;
        // A put that takes AWSCURRENT from the version of an unfinished rotation ends that rotation.
        if (wanted.Contains(Current) && VersionOf(Current) is { } old && old == VersionOf(Pending) && old != versionId)
            moved = moved.Without(Pending);
        foreach (var label in wanted)
            moved = label == Current ? moved.MoveCurrent(versionId, keepPrevious: wanted.Contains(Previous)) : moved.With(label, versionId);
        return moved.Checked();
    }

    /// <summary>
    /// UpdateSecretVersionStage: attaches and removes one label. Throws <see cref="PortalError.InvalidParameter"/> where
    /// RemoveFromVersionId is missing or names another version than the label's, or where AWSCURRENT would be left nowhere.
    /// </summary>
    public StagingLabels Move(string label, string? moveTo, string? removeFrom)
    {
        var holder = VersionOf(label);
        if (moveTo is null && removeFrom is null)
            throw new PortalException(PortalError.InvalidParameter,
                "You must specify at least one of MoveToVersionId and RemoveFromVersionId.");
        if (removeFrom is not null && holder != removeFrom)
            throw new PortalException(PortalError.InvalidParameter,
                $"The staging label {label} isn't attached to version {removeFrom}, so it can't be removed from it.");
        if (moveTo is null)
        {
            if (label == Current)
                throw new PortalException(PortalError.InvalidParameter,
                    "You can't remove the staging label AWSCURRENT. Move it to another version instead.");
            return Without(label);
        }

        if (holder is not null && holder != moveTo && removeFrom is null)
            throw new PortalException(PortalError.InvalidParameter,
                $"The parameter RemoveFromVersionId can't be empty. Staging label {label} is currently attached to version {holder}, so you must explicitly reference that version in RemoveFromVersionId.");
        return (label == Current ? MoveCurrent(moveTo, keepPrevious: false) : With(label, moveTo)).Checked();
    }

    /// <summary>
    /// The end of finishSecret: AWSCURRENT on <paramref name="versionId"/>, AWSPREVIOUS on the version it left, AWSPENDING nowhere. The same
    /// whether or not the rotation function has moved some of them itself.
    /// </summary>
    public StagingLabels FinishRotation(string versionId) =>
        MoveCurrent(versionId, keepPrevious: false).Without(Pending).Checked();

    /// <summary>AWSPENDING alone on <paramref name="versionId"/>, as RotateSecret registers it.</summary>
    public StagingLabels StartRotation(string versionId) => With(Pending, versionId).Checked();

    /// <summary>Without <paramref name="label"/>.</summary>
    public StagingLabels Without(string label) => new(_versions.Remove(label));

    private Dictionary<string, IReadOnlyList<string>> ByVersion() => _versions.GroupBy(pair => pair.Value, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => (IReadOnlyList<string>)[.. group.Select(pair => pair.Key)], StringComparer.Ordinal);

    private StagingLabels With(string label, string versionId) => new(_versions.SetItem(label, versionId));

    private StagingLabels MoveCurrent(string versionId, bool keepPrevious)
    {
        var old = VersionOf(Current);
        if (old == versionId)
            return this;
        var moved = With(Current, versionId);
        return old is null || keepPrevious ? moved : moved.With(Previous, old);
    }

    private StagingLabels Checked() => _versions.Count <= MaxLabels
        ? this
        : throw new PortalException(PortalError.LimitExceeded,
            $"A secret can have at most {MaxLabels} staging labels across all its versions. Remove one first.");
}

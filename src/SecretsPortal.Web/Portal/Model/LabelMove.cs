using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>A label that goes to a version, or off one: what UpdateSecretVersionStage is asked for.</summary>
/// <param name="Label">The label.</param>
/// <param name="To">Where it goes; null to take it off.</param>
/// <param name="From">Where it is now; null where it is nowhere.</param>
internal sealed record LabelMove(string Label, string? To, string? From)
{
    /// <summary>The move of a label to a version from wherever it is.</summary>
    public static LabelMove Of(Secret secret, string label, string to) => new(label, to, secret.Labels.VersionOf(label));

    /// <summary>Where labels will be, or why the rules refuse it; nothing is changed. The service decides again by the same rules.</summary>
    public (IReadOnlyList<LabelMove> Changes, string? Refusal) Preview(Secret secret)
    {
        if (Label == StagingLabels.Current && To is not null && secret.FindVersion(To) is not { HasValue: true })
            return ([], Texts.SecretPageText.LabelNoValue);
        if (To is not null && To == From)
            return ([], Texts.SecretPageText.LabelThere);
        try
        {
            return (Between(secret.Labels, secret.Labels.Move(Label, To, From)), null);
        }
        catch (PortalException refusal)
        {
            return ([], refusal.Message);
        }
    }

    /// <summary>The moves that bring labels back to where they were. AWSCURRENT first, since AWSPREVIOUS follows it.</summary>
    public static IReadOnlyList<LabelMove> Back(StagingLabels now, StagingLabels before)
    {
        var moves = new List<LabelMove>();
        foreach (var label in now.ByLabel.Keys.Union(before.ByLabel.Keys).OrderBy(label => label != StagingLabels.Current).ThenBy(label => label, StringComparer.Ordinal).ToList())
        {
            if (now.VersionOf(label) == before.VersionOf(label))
                continue;
            var move = new LabelMove(label, before.VersionOf(label), now.VersionOf(label));
            moves.Add(move);
            now = now.Move(move.Label, move.To, move.From);
        }

        return moves;
    }

    private static List<LabelMove> Between(StagingLabels before, StagingLabels after) =>
    [
        .. before.ByLabel.Keys.Union(after.ByLabel.Keys)
            .Where(label => before.VersionOf(label) != after.VersionOf(label))
            .OrderBy(label => label != StagingLabels.Current).ThenBy(label => label, StringComparer.Ordinal)
            .Select(label => new LabelMove(label, after.VersionOf(label), before.VersionOf(label))),
    ];
}

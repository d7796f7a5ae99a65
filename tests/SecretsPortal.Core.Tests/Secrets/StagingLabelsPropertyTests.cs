using CsCheck;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Core.Tests.Secrets;

/// <summary>What holds after any sequence of moves.</summary>
public sealed class StagingLabelsPropertyTests
{
    private static readonly string[] s_labels = [StagingLabels.Current, StagingLabels.Previous, StagingLabels.Pending, "blue", "green"];

    private static readonly Gen<(int Kind, int Version, int Other, int Label)[]> s_moves =
        Gen.Select(Gen.Int[0, 4], Gen.Int[0, 5], Gen.Int[0, 5], Gen.Int[0, 4]).Array[0, 30];

    [Fact]
    public void AWSCURRENT_is_never_lost_and_every_label_has_one_version()
    {
        s_moves.Sample(moves =>
        {
            var labels = StagingLabels.None.Put(Version(0), null);
            foreach (var move in moves)
            {
                labels = Applied(labels, move);
                if (labels.VersionOf(StagingLabels.Current) is null)
                    return false;
            }

            return labels.ByLabel.All(p => labels.Of(p.Value).Contains(p.Key))
                && labels.ByLabel.Values.Distinct().Sum(v => labels.Of(v).Count) == labels.ByLabel.Count;
        });
    }

    [Fact]
    public void AWSPREVIOUS_follows_to_the_version_that_AWSCURRENT_leaves()
    {
        s_moves.Sample(moves =>
        {
            var labels = moves.Aggregate(StagingLabels.None.Put(Version(0), null), Applied);
            var before = labels.VersionOf(StagingLabels.Current)!;
            var moved = labels.Move(StagingLabels.Current, Version(9), before);
            return moved.VersionOf(StagingLabels.Previous) == before && moved.VersionOf(StagingLabels.Current) == Version(9);
        });
    }

    [Fact]
    public void Stored_pairs_give_the_same_labels()
    {
        s_moves.Sample(moves =>
        {
            var labels = moves.Aggregate(StagingLabels.None, Applied);
            return StagingLabels.From(labels.ByLabel).ByLabel.SequenceEqual(labels.ByLabel);
        });
    }

    private static StagingLabels Applied(StagingLabels labels, (int Kind, int Version, int Other, int Label) move)
    {
        try
        {
            return move.Kind switch
            {
                0 => labels.Put(Version(move.Version), null),
                1 => labels.Put(Version(move.Version), [s_labels[move.Label]]),
                2 => labels.Move(s_labels[move.Label], Version(move.Version), labels.VersionOf(s_labels[move.Label])),
                3 => labels.Move(s_labels[move.Label], null, Version(move.Other)),
                _ => labels.StartRotation(Version(move.Version)).FinishRotation(Version(move.Version)),
            };
        }
        catch (PortalException e) when (e.Error == PortalError.InvalidParameter)
        {
            return labels;
        }
    }

    private static string Version(int n) => new((char)('0' + n), 32);
}

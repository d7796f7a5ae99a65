using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Core.Tests.Secrets;

public sealed class StagingLabelsTests
{
    private const string V1 = "11111111111111111111111111111111";
    private const string V2 = "22222222222222222222222222222222";
    private const string V3 = "33333333333333333333333333333333";

    [Fact]
    public void First_value_gets_AWSCURRENT_whatever_stages_are_asked_for()
    {
        var labels = StagingLabels.None.Put(V1, ["blue"]);

        Assert.Equal(["AWSCURRENT", "blue"], labels.Of(V1));
    }

    [Fact]
    public void Put_without_stages_moves_AWSCURRENT_and_AWSPREVIOUS_follows()
    {
        var labels = StagingLabels.None.Put(V1, null).Put(V2, null).Put(V3, null);

        Assert.Equal(V3, labels.VersionOf(StagingLabels.Current));
        Assert.Equal(V2, labels.VersionOf(StagingLabels.Previous));
        Assert.Empty(labels.Of(V1));
    }

    [Fact]
    public void Put_with_stages_moves_only_those()
    {
        var labels = StagingLabels.None.Put(V1, ["AWSCURRENT", "blue"]).Put(V2, ["blue"]);

        Assert.Equal(V1, labels.VersionOf(StagingLabels.Current));
        Assert.Equal(V2, labels.VersionOf("blue"));
        Assert.Null(labels.VersionOf(StagingLabels.Previous));
    }

    [Fact]
    public void Put_that_takes_AWSCURRENT_takes_AWSPENDING_too()
    {
        var labels = StagingLabels.None.Put(V1, ["AWSCURRENT", "AWSPENDING"]).Put(V2, null);

        Assert.Null(labels.VersionOf(StagingLabels.Pending));
    }

    [Fact]
    public void Moving_AWSCURRENT_leaves_AWSPENDING_on_the_version_that_receives_it()
    {
        var labels = StagingLabels.None.Put(V1, null).Put(V2, ["AWSPENDING"]).Move("AWSCURRENT", V2, V1);

        Assert.Equal(["AWSCURRENT", "AWSPENDING"], labels.Of(V2));
        Assert.Equal(["AWSPREVIOUS"], labels.Of(V1));
    }

    [Fact]
    public void Moving_an_attached_label_needs_RemoveFromVersionId()
    {
        var labels = StagingLabels.None.Put(V1, null).Put(V2, ["blue"]);

        var refused = Assert.Throws<PortalException>(() => labels.Move("AWSCURRENT", V2, null));

        Assert.Equal(PortalError.InvalidParameter, refused.Error);
        Assert.Equal($"The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version {V1}, so you must explicitly reference that version in RemoveFromVersionId.", refused.Message);
    }

    [Fact]
    public void AWSCURRENT_cannot_be_removed() =>
        Assert.Equal(PortalError.InvalidParameter,
            Assert.Throws<PortalException>(() => StagingLabels.None.Put(V1, null).Move("AWSCURRENT", null, V1)).Error);

    [Fact]
    public void FinishRotation_ends_the_same_whether_or_not_the_function_moved_labels_itself()
    {
        var started = StagingLabels.None.Put(V1, null).StartRotation(V2);
        var movedByFunction = started.Move("AWSCURRENT", V2, V1);
        var removedByFunction = movedByFunction.Move("AWSPENDING", null, V2);

        foreach (var labels in new[] { started, movedByFunction, removedByFunction })
        {
            var finished = labels.FinishRotation(V2);
            Assert.Equal(["AWSCURRENT"], finished.Of(V2));
            Assert.Equal(["AWSPREVIOUS"], finished.Of(V1));
        }
    }

    [Fact]
    public void More_than_twenty_labels_are_refused() =>
        Assert.Equal(PortalError.LimitExceeded, Assert.Throws<PortalException>(() =>
            StagingLabels.None.Put(V1, [.. Enumerable.Range(0, 20).Select(i => $"l{i}")])).Error);
}

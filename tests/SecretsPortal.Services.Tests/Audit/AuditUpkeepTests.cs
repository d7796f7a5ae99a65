using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SecretsPortal.Services.Audit;
using SecretsPortal.Storage;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Services.Tests.Audit;

/// <summary>The work on the log, and how it ends.</summary>
public sealed class AuditUpkeepTests
{
    [Fact]
    public async Task A_portal_that_is_taken_away_without_a_stop_signs_the_end_of_its_log_first()
    {
        using var directory = new TemporaryDirectory();
        var log = new LineLog<AuditUpkeep>();
        var options = TestPortal.OptionsIn(directory.Path);
        Task running;
        await using (var portal = await TestPortal.StartWith(options, services => services.AddSingleton<ILogger<AuditUpkeep>>(log)))
        {
            running = portal.Get<AuditUpkeep>().Run(CancellationToken.None);
            await portal.Create("s");
        }

        Assert.True(running.IsCompletedSuccessfully);
        Assert.True(log.Lines.IsEmpty, string.Join("\n", log.Lines));
        await using var again = TestPortal.Unstarted(options);
        var (head, checkpoint) = await again.Get<AuditChainStore>().Tip(default);
        Assert.Equal((true, head!.Sequence), (head.Sequence > 0, checkpoint!.Sequence));
    }
}

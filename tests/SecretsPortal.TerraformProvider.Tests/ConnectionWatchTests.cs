using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Time.Testing;

namespace SecretsPortal.TerraformProvider.Tests;

public sealed class ConnectionWatchTests
{
    [Fact]
    public async Task A_lost_Terraform_ends_the_provider_after_a_while_and_one_that_returns_does_not()
    {
        var time = new FakeTimeProvider();
        var watch = new ConnectionWatch(time);
        var abandoned = 0;
        watch.Abandoned += () => Interlocked.Increment(ref abandoned);
        await watch.WatchAsync(new DefaultConnectionContext(), _ => Task.CompletedTask);
        time.Advance(ConnectionWatch.Grace - TimeSpan.FromSeconds(1));
        var returned = new TaskCompletionSource();
        var second = watch.WatchAsync(new DefaultConnectionContext(), _ => returned.Task);
        time.Advance(ConnectionWatch.Grace);
        Assert.Equal(0, abandoned);
        returned.SetResult();
        await second;
        Assert.Equal(0, abandoned);
        time.Advance(ConnectionWatch.Grace);
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref abandoned) == 1, TimeSpan.FromSeconds(10)));
    }
}

namespace SecretsPortal.Services;

/// <summary>Lets one at a time work on this node: who comes meanwhile is sent away, and does nothing. So a slow tick never has a second one beside it.</summary>
internal sealed class OneAtATime
{
    private int _isBusy;

    /// <summary>Does the work, unless some is under way.</summary>
    public async Task Run(Func<Task> work)
    {
        if (Interlocked.Exchange(ref _isBusy, 1) != 0)
            return;
        try
        {
            await work();
        }
        finally
        {
            Volatile.Write(ref _isBusy, 0);
        }
    }
}

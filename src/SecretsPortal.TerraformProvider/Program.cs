using System.Runtime.InteropServices;
using SecretsPortal.TerraformProvider;
using SecretsPortal.TerraformProvider.Docs;

if (args is [DocsCommand.Name, var documentation])
{
    DocsCommand.Write(documentation);
    return 0;
}

try
{
    var (client, socketDirectory) = Handshake.Read(Environment.GetEnvironmentVariable);
    using (client)
    {
        using var server = Handshake.CreateCertificate(TimeProvider.System.GetUtcNow());
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        // A folder of our own, closed to other users; a socket's path may have no more than about a hundred characters.
        var folder = Handshake.CreateSocketFolder(socketDirectory);
        try
        {
            var socket = Path.Combine(folder.FullName, "s");
            await using var app = ProviderHost.Build(socket, server, client, HclogProvider.LevelFrom(Environment.GetEnvironmentVariable));
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
            {
                context.Cancel = true;
                app.Lifetime.StopApplication();
            });
            await app.StartAsync();
            await Console.Out.WriteLineAsync(Handshake.Line(socket, server));
            await Console.Out.FlushAsync();
            await app.WaitForShutdownAsync();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    return 0;
}
catch (HandshakeException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}

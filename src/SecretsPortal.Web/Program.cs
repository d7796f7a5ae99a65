using SecretsPortal.Web;

return await PortalHost.Run(args, Console.Out, Console.Error);
